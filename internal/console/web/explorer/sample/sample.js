// Code that makes a call, complete and to be run as it is copied: credentials
// and secret parameters come from the environment, the rest stands in it.
import { withoutSecrets } from './quote.js';
import { csrdCall, curl, tccli } from './shell.js';
import { dotnet, go, java, node, php, python } from './sdk.js';

const makers = { curl, tccli, csrd: csrdCall, go, python, node, java, php, dotnet };

// languages are those there are, by their own names and the names of their files.
export const languages = [
  { id: 'curl', name: 'curl', file: 'sh' }, { id: 'tccli', name: 'tccli', file: 'sh' }, { id: 'csrd', name: 'csrd call', file: 'sh' },
  { id: 'go', name: 'Go', file: 'go' }, { id: 'python', name: 'Python', file: 'py' }, { id: 'node', name: 'Node.js', file: 'js' },
  { id: 'java', name: 'Java', file: 'java' }, { id: 'php', name: 'PHP', file: 'php' }, { id: 'dotnet', name: 'C#', file: 'cs' },
];

// knows reports whether a language can call an action: tccli has a fixed list
// of products.
export const knows = (id, action) => id !== 'tccli' || action.product === 'ssl';

// sample is the code of a call: action with its product and version, parameters
// as they are sent, the endpoint's URL, and whether there is a token.
export function sample(id, { action, parameters, endpoint, token = false }) {
  return makers[id]({ action, parameters: withoutSecrets(action, parameters), endpoint: new URL(endpoint), token });
}
