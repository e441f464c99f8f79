// Who is signed in. The SecretKey is in this module's memory and ends with the
// page; only when asked to, the tab keeps it until it is closed, for the next
// page of it. It is never sent.
const KEPT = 'csrd.session';

let credential = kept();
const listeners = [];

function kept() {
  try { return JSON.parse(sessionStorage.getItem(KEPT)); } catch { return null; }
}

// current is the credential, { secretId, secretKey, token }, or null.
export const current = () => credential;

// signIn sets the credential; keep has the tab keep it.
export function signIn(given, keep) {
  credential = given;
  try {
    if (keep) sessionStorage.setItem(KEPT, JSON.stringify(given));
    else sessionStorage.removeItem(KEPT);
  } catch { /* then it ends with the page */ }
  tell();
}

export function signOut() {
  credential = null;
  try { sessionStorage.removeItem(KEPT); } catch { /* nothing was kept */ }
  tell();
}

// onChange listens to sign-in and sign-out.
export function onChange(listener) { listeners.push(listener); }

function tell() {
  for (const listener of listeners) listener();
}
