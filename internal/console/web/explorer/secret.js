// What is secret in a call, by the metadata: it is shown only when asked for,
// and never put into a URL or into what the browser keeps.

export const MASK = '••••••••';

// secrets are the names of an action's secret parameters.
export const secrets = (action) => action.Params.filter((p) => p.Secret).map((p) => p.Name);

// withoutSecrets are parameters that may be kept or linked to.
export function withoutSecrets(action, parameters) {
  const hidden = secrets(action);
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => !hidden.includes(name)));
}

// masked is a value with what is secret by its schema masked.
export function masked(params, value) {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => {
    const schema = params.find((p) => p.Name === name);
    if (schema?.Secret && typeof member === 'string' && member !== '') return [name, MASK];
    return [name, member];
  }));
}

// hasSecrets reports whether masking a value would hide something.
export const hasSecrets = (params, value) => JSON.stringify(masked(params, value)) !== JSON.stringify(value);
