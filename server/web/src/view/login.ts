// Log in, or register.
import type { Client } from '../core/client';
import { Refusal } from '../core/wire';
import { el, set, set_text } from './dom';

export function login_view(client: Client, entered: () => void): { root: HTMLElement; update(): void } {
  const name = el('input', { id: 'login-name', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', required: true, maxlength: 32 });
  const password = el('input', { id: 'login-password', type: 'password', autocomplete: 'current-password', required: true });
  const problem = el('p', { class: 'problem', role: 'alert' });
  const submit = el('button', { type: 'submit', class: 'primary wide' }, 'Log in');
  const other = el('button', { type: 'button', class: 'plain wide', on: { click: () => change(!registering) } });
  const title = el('h1', {}, 'mpim');
  const lead = el('p', { class: 'lead' });
  let registering = false;

  function change(to: boolean): void {
    registering = to;
    set_text(lead, to ? 'Make an account' : 'Log in to your conversations');
    set_text(submit, to ? 'Register' : 'Log in');
    set_text(other, to ? 'I have an account' : 'Make an account');
    set(password, 'autocomplete', to ? 'new-password' : 'current-password');
    set_text(problem, '');
  }

  async function enter(): Promise<void> {
    submit.disabled = true;
    set_text(problem, '');
    try {
      await client.account.enter(registering ? 'register' : 'login', name.value.trim(), password.value);
      change(false);
      password.value = '';
      entered();
    } catch (error) {
      set_text(problem, error instanceof Refusal ? error.message : 'This did not work. Please try again.');
      password.focus();
      password.select();
    }
    submit.disabled = false;
  }

  const form = el('form', { class: 'card login', 'aria-label': 'Log in', on: { submit: (event) => { event.preventDefault(); void enter(); } } },
    el('div', { class: 'mark', 'aria-hidden': 'true' }), title, lead,
    el('label', { for: 'login-name' }, 'Name'), name,
    el('label', { for: 'login-password' }, 'Password'), password,
    problem, submit, other);
  const root = el('main', { class: 'center' }, form);
  change(false);
  return {
    root,
    update() {
      other.hidden = !client.register_open && !registering;
      if (client.ended !== '' && problem.textContent === '') set_text(problem, client.ended);
      if (!root.contains(document.activeElement)) name.focus();
    },
  };
}
