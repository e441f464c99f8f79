export default {
  "console.title": "csrd 控制台",
  "list.title": "证书签名请求",
  "signin.lead": "使用 csrd 的访问密钥，与 SDK 所用相同。",
  "signin.title": "登录"
};
