// What went wrong, as a person is told: what it means and what to do, with
// code, message and RequestId for whoever has to look further.
import { h, icon } from './dom.js';
import { t } from './i18n.js';
import { copyButton } from './copy.js';

// advice says what to do about a code, where more is known than its message says.
function advice(problem) {
  switch (problem.code) {
    case 'AuthFailure.SignatureExpire':
      return t('problem.clock', {
        local: new Date(problem.localTime).toLocaleString(document.documentElement.lang),
        server: new Date(problem.serverTime).toLocaleString(document.documentElement.lang),
      });
    case 'AuthFailure.SignatureFailure':
      return t('problem.secretKey');
    case 'AuthFailure.SecretIdNotFound':
    case 'AuthFailure.InvalidSecretId':
      return t('problem.secretId');
    case 'AuthFailure.TokenFailure':
      return t('problem.token');
    case 'AuthFailure.UnauthorizedOperation':
      return t('problem.permission', { action: problem.action });
    case 'RequestLimitExceeded':
      return t('problem.rate');
    case 'InternalError':
      return t('problem.internal');
  }
  return '';
}

// isRefusedSignature reports whether the credential itself was refused.
export const isRefusedSignature = (problem) => Boolean(problem.code?.startsWith('AuthFailure.') && problem.code !== 'AuthFailure.UnauthorizedOperation');

function headline(problem) {
  switch (problem.kind) {
    case 'api': return problem.message;
    case 'network': return t('problem.network');
    case 'timeout': return t('problem.timeout');
    case 'http': return t('problem.http', { status: String(problem.status) });
  }
  return t('problem.page', { message: problem.message });
}

// problemText is a problem in one line, for who listens.
export const problemText = (problem) => (problem.code ? `${problem.code}: ${headline(problem)}` : headline(problem));

// problemBox shows a problem. retry, where it is given, is offered.
export function problemBox(problem, retry) {
  const more = problem.kind === 'network' || problem.kind === 'timeout' ? t('problem.networkAdvice') : advice(problem);
  const facts = problem.kind === 'api' && h('dl', { class: 'facts' },
    h('dt', {}, t('problem.code')), h('dd', {}, h('code', {}, problem.code)),
    h('dt', {}, 'RequestId'), h('dd', {}, h('code', {}, problem.requestId)));
  return h('div', { class: 'problem', role: 'alert' },
    icon('warn'),
    h('div', { class: 'problem-body' },
      h('p', { class: 'problem-message' }, headline(problem)),
      more && h('p', {}, more),
      facts,
      (retry || facts) && h('p', { class: 'row' },
        retry && h('button', { type: 'button', class: 'button small', onclick: retry }, icon('refresh'), t('problem.retry')),
        facts && copyButton(() => `${problem.code}: ${problem.message}\nRequestId: ${problem.requestId}`, t('problem.copy')))));
}
