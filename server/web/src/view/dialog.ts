// A dialog over the page. Escape and a click beside it close it; the browser puts the focus back.
import { el } from './dom';

export function show_dialog(label: string, kind: string, ...children: (Node | string)[]): HTMLDialogElement {
  const dialog = el('dialog', { class: `card ${kind}`, 'aria-label': label }, ...children);
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  dialog.addEventListener('close', () => {
    dialog.remove();
    // In Chromium the caret stays in what was removed, and keys go nowhere, until the focus moves.
    const focused = document.activeElement;
    if (focused instanceof HTMLElement && focused !== document.body) {
      focused.blur();
      focused.focus();
    }
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

// Closes it, and goes on when the page behind it can have the focus again.
export function close_then(dialog: HTMLDialogElement, go_on: () => void): void {
  dialog.addEventListener('close', go_on);
  dialog.close();
}
