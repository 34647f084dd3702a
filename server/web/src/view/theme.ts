// Light or dark: as the system has it, until somebody chooses.
import { load, save } from '../core/browser';

const kKey = 'mpim.theme';

const system_is_dark = (): boolean => matchMedia('(prefers-color-scheme: dark)').matches;

export function apply_theme(): void {
  const chosen = load(kKey);
  if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
}

// What the system has is not written down, so that the page follows it again.
export function toggle_theme(): void {
  const now = document.documentElement.dataset.theme ?? (system_is_dark() ? 'dark' : 'light');
  const wanted = now === 'dark' ? 'light' : 'dark';
  save(kKey, (wanted === 'dark') === system_is_dark() ? null : wanted);
  apply_theme();
}
