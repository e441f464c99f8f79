// Samples for a shell: curl with openssl, tccli, csrd call.
import { Secret, shell } from './quote.js';

// cloud is what is said beside the line that changes for the cloud.
const cloud = (call, change) => (call.action.product === 'ssl' ? `# for the cloud: ${change}` : `# csrd's own action: the cloud has none`);

const host = (call) => `${call.action.product}.tencentcloudapi.com`;

const needed = (call) => Object.values(call.parameters).filter((v) => v instanceof Secret).map((v) => v.variable);

const credentials = (call) => ['TENCENTCLOUD_SECRET_ID', 'TENCENTCLOUD_SECRET_KEY', ...(call.token ? ['TENCENTCLOUD_TOKEN'] : []), ...needed(call)];

const head = (call, what) => `#!/usr/bin/env bash
# ${what}
# In the environment: ${credentials(call).join(', ')}
set -euo pipefail
`;

// body sets the variable body to the JSON of the parameters.
function body(call) {
  const secrets = needed(call);
  const parts = [];
  let text = '';
  const entries = Object.entries(call.parameters);
  entries.forEach(([name, value], i) => {
    text += `${i ? ',' : '{'}\n  ${JSON.stringify(name)}: `;
    if (value instanceof Secret) {
      parts.push(shell(text), `"$(json "$${value.variable}")"`);
      text = '';
    } else text += JSON.stringify(value);
  });
  parts.push(shell(entries.length ? `${text}\n}` : '{}'));
  const helper = secrets.length === 0 ? '' : `
json() { # a text as JSON
  local text=$1
  text=\${text//"\\\\"/"\\\\\\\\"}
  text=\${text//'"'/'\\"'}
  text=\${text//$'\\n'/'\\n'}
  text=\${text//$'\\r'/'\\r'}
  text=\${text//$'\\t'/'\\t'}
  printf '"%s"' "$text"
}
`;
  return `${helper}body=${parts.join('')}`;
}

export function curl(call) {
  const { action, endpoint } = call;
  return `${head(call, `${action.Name} with curl and openssl, signed with TC3-HMAC-SHA256`)}
endpoint=${shell(endpoint.href.replace(/\/$/, ''))} ${cloud(call, `https://${host(call)}`)}
service=${action.product}
action=${action.Name}
version=${action.version}
${body(call)}

hex() { od -An -v -tx1 | tr -d ' \\n'; }
bytes() { printf '%b' "$(sed 's/../\\\\x&/g' <<<"$1")"; }
sha256() { openssl dgst -sha256 -r | cut -d ' ' -f 1; }
hmac() { # key in hexadecimal, text; the key is no argument of a program, where others could see it
  local key=$1 inner='' outer='' byte i
  if ((\${#key} > 128)); then key=$(bytes "$key" | sha256); fi
  while ((\${#key} < 128)); do key+=00; done
  for ((i = 0; i < 128; i += 2)); do
    printf -v byte '%02x' $((16#\${key:i:2} ^ 0x36)); inner+=$byte
    printf -v byte '%02x' $((16#\${key:i:2} ^ 0x5c)); outer+=$byte
  done
  inner=$({ bytes "$inner"; printf '%s' "$2"; } | sha256)
  bytes "$outer$inner" | sha256
}

timestamp=$(date +%s)
day=$(date -u -d "@$timestamp" +%F 2>/dev/null || date -u -r "$timestamp" +%F)
host=\${endpoint#*://}
host=\${host%%/*}
signed='content-type;host;x-tc-action'
canonical="POST
/

content-type:application/json
host:$host
x-tc-action:$action

$signed
$(printf '%s' "$body" | sha256)"
scope=$day/$service/tc3_request
key=$(hmac "$(printf 'TC3%s' "$TENCENTCLOUD_SECRET_KEY" | hex)" "$day")
key=$(hmac "$key" "$service")
key=$(hmac "$key" tc3_request)
signature=$(hmac "$key" "TC3-HMAC-SHA256
$timestamp
$scope
$(printf '%s' "$canonical" | sha256)")

printf '%s' "$body" | curl --silent --show-error "$endpoint/" \\
  --header "Authorization: TC3-HMAC-SHA256 Credential=$TENCENTCLOUD_SECRET_ID/$scope, SignedHeaders=$signed, Signature=$signature" \\
  --header 'Content-Type: application/json' \\
  --header "X-TC-Action: $action" \\
  --header "X-TC-Version: $version" \\
  --header "X-TC-Timestamp: $timestamp" \\${call.token ? `
  --header @<(printf 'X-TC-Token: %s\\n' "$TENCENTCLOUD_TOKEN") \\` : ''}
  --data-binary @-
`;
}

export function tccli(call) {
  const { action, endpoint } = call;
  return `${head(call, `${action.Name} with tccli: pip install tccli`)}
endpoint=${shell(endpoint.protocol === 'https:' ? endpoint.host : endpoint.origin)} ${cloud(call, host(call))}
${body(call)}

tccli ${action.product} ${action.Name} --version ${action.version} --region ap-guangzhou --endpoint "$endpoint" \\
  --cli-input-json file:///dev/stdin <<<"$body"
`;
}

export function csrdCall(call) {
  const { action, endpoint } = call;
  const flags = Object.entries(call.parameters).map(([name, value]) => {
    if (value instanceof Secret) return ` \\\n  --${name} file://<(printf '%s' "$${value.variable}")`;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    // What begins with file:// would be read from there.
    return ` \\\n  --${name} ${text.startsWith('file://') ? `file://<(printf '%s' ${shell(text)})` : shell(text)}`;
  });
  return `${head(call, `${action.Name} with csrd`)}
export CSRD_ENDPOINT=${shell(endpoint.href.replace(/\/$/, ''))} ${cloud(call, `https://${host(call)}`)}
export CSRD_SECRET_ID=$TENCENTCLOUD_SECRET_ID CSRD_SECRET_KEY=$TENCENTCLOUD_SECRET_KEY${call.token ? ' CSRD_TOKEN=$TENCENTCLOUD_TOKEN' : ''}

csrd call ${action.Name}${flags.join('')}
`;
}
