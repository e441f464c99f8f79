export default {
  "console.title": "csrd console",
  "list.title": "Certificate signing requests",
  "signin.lead": "With an access key of csrd, as SDKs use it.",
  "signin.title": "Sign in"
};
