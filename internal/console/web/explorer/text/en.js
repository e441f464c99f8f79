export default {
  "explorer.title": "csrd API Explorer"
};
