// The online call: what is sent, what came back, how long it took.
import { announce, h, icon, show } from '../console/shared/dom.js';
import { t } from '../console/shared/i18n.js';
import { copyButton } from '../console/shared/copy.js';
import * as session from '../console/shared/session.js';
import { Problem, endpoint, request, send } from '../console/shared/api.js';
import { problemBox, problemText } from '../console/shared/problem.js';
import { signInForm } from '../console/shared/signin.js';
import { available } from '../console/shared/tc3.js';
import { block, headerBlock, headersOf, json, pretty } from './request.js';
import { hasSecrets, masked } from './secret.js';
import * as history from './history.js';

// caller keeps the last call of an action, so that it is still there when its
// panel is opened again.
export function caller(action, parameters, { called }) {
  let last = null; // { request, sent, answer | problem }
  let shown = false;
  let aborting = null;
  const out = h('div', { class: 'call-out' });

  async function call() {
    if (!session.current() || aborting) return;
    aborting = new AbortController();
    const sent = structuredClone(parameters);
    last = null;
    shown = false;
    draw();
    const made = await request({ action: action.Name, product: action.product, version: action.version, body: JSON.stringify(sent), credential: session.current() });
    try {
      const answer = await send(made, aborting.signal);
      last = { request: made, sent, answer };
      const response = answer.json?.Response;
      const code = response ? response.Error?.Code ?? 'OK' : `HTTP ${answer.status}`;
      history.add(action, sent, { code, requestId: response?.RequestId ?? '', duration: answer.duration });
      announce(`${code === 'OK' ? t('explorer.answered') : code} ${t('explorer.ms', { n: Math.round(answer.duration) })}`);
    } catch (error) {
      const problem = error instanceof Problem ? error : aborting.signal.aborted ? null : new Problem({ kind: 'page', message: String(error) });
      last = problem && { request: made, sent, problem };
      if (problem) announce(problemText(problem));
    }
    aborting = null;
    draw();
    called();
  }

  function status() {
    const { answer } = last;
    const response = answer.json?.Response;
    const code = response?.Error?.Code;
    const good = response && !code;
    return h('div', { class: 'status-line', id: 'status' },
      h('span', { class: `badge ${good ? 'good' : 'bad'}`, id: 'code' }, icon(good ? 'done' : 'warn'), good ? 'OK' : code ?? t('explorer.notTheApi')),
      h('span', { id: 'http-status' }, `HTTP ${answer.status}`),
      h('span', { id: 'duration' }, t('explorer.ms', { n: Math.round(answer.duration) })),
      response?.RequestId && h('span', { class: 'request-id' }, 'RequestId ', h('code', { id: 'request-id' }, response.RequestId), copyButton(() => response.RequestId, t('explorer.copy'), { 'aria-label': `${t('explorer.copy')}: RequestId`, class: 'button small quiet' })));
  }

  function answered() {
    const { answer } = last;
    const response = answer.json?.Response;
    const value = response && (shown ? answer.json : { Response: masked(action.Result, response) });
    const text = value ? JSON.stringify(value, null, 2) : pretty(answer.text);
    return [
      response?.Error && problemBox(new Problem({
        kind: 'api', action: action.Name, code: response.Error.Code, message: response.Error.Message, requestId: response.RequestId,
        serverTime: Date.parse(answer.date), localTime: Date.now(),
      })),
      block(text, { label: t('explorer.response'), id: 'response', content: json(text), className: 'tall' }),
      headerBlock(answer.headers, { label: t('explorer.responseHeaders'), id: 'response-headers', first: `HTTP ${answer.status}` }),
    ];
  }

  function sentBlocks() {
    const { request: made, sent } = last;
    const body = pretty(JSON.stringify(shown ? sent : masked(action.Params, sent)));
    return [
      headerBlock(headersOf(made, shown), { label: t('explorer.requestHeaders'), id: 'request-headers', first: `${made.method} ${new URL(made.url).pathname} HTTP/1.1` }),
      block(body, { label: t('explorer.requestBody'), id: 'request-body', content: json(body) }),
    ];
  }

  function secretsToggle() {
    const response = last.answer?.json?.Response;
    const any = hasSecrets(action.Params, last.sent) || (response && hasSecrets(action.Result, response)) || last.request.headers['x-tc-token'];
    if (!any) return null;
    return h('button', { type: 'button', class: 'button small', id: 'show-secrets', 'aria-pressed': String(shown), onclick: () => {
      shown = !shown;
      draw();
      out.querySelector('#show-secrets').focus();
    } }, icon(shown ? 'hide' : 'eye'), t(shown ? 'explorer.hideSecrets' : 'explorer.showSecrets'));
  }

  function draw() {
    if (aborting) {
      show(out, h('p', { class: 'waiting' }, h('span', { class: 'spinner' }), t('explorer.calling', { action: action.Name }),
        h('button', { type: 'button', class: 'button small', onclick: () => aborting.abort() }, t('explorer.cancel'))));
    } else if (!last) {
      show(out, h('div', { class: 'empty' }, icon('next'), h('p', {}, t('explorer.notCalled', { endpoint: endpoint.host }))));
    } else {
      show(out,
        last.problem ? problemBox(last.problem, call) : status(),
        secretsToggle(),
        last.answer && answered(),
        sentBlocks());
    }
  }

  // panel is what the tab shows: signing in first, where nobody is.
  function panel() {
    if (!session.current()) {
      return h('div', { class: 'signin-here' },
        available() && h('p', { class: 'note' }, t('explorer.signInFirst')), signInForm());
    }
    draw();
    return out;
  }
  return { call, panel };
}
