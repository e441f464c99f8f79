// The calls that this browser made: what, when and what came of it. Neither
// secret parameters nor answers are kept.
import { secrets, withoutSecrets } from './secret.js';

const KEPT = 'csrd.explorer.history';
const MOST = 50;

// calls are the calls that are kept, newest first.
export function calls() {
  try {
    const list = JSON.parse(localStorage.getItem(KEPT));
    return Array.isArray(list) ? list : [];
  } catch { return []; }
}

// add keeps a call.
export function add(action, parameters, { code, requestId, duration }) {
  const call = {
    at: Date.now(), action: action.Name, parameters: withoutSecrets(action, parameters),
    withheld: secrets(action).filter((name) => parameters[name] !== undefined), code, requestId, duration: Math.round(duration),
  };
  keep([call, ...calls()].slice(0, MOST));
}

export const clear = () => keep([]);

function keep(list) {
  try { localStorage.setItem(KEPT, JSON.stringify(list)); } catch { /* then this one is forgotten */ }
}
