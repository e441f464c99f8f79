// Calls actions with the typed client of the official Node SDK.
//
// Each line of standard input is a call, {"action": …, "parameters": {…}}; each
// line of standard output is what came of it, in the same order:
// {"response": {…}}, {"error": {"code", "message", "requestID"}} for an error
// that the server answered with, or {"failure": "…"} for any other.
"use strict";

const readline = require("readline");
// The index of the package would load every product.
const sdk = "tencentcloud-sdk-nodejs-intl-en/tencentcloud";
const Credential = require(`${sdk}/common/credential`);
const ClientProfile = require(`${sdk}/common/profile/client_profile`);
const HttpProfile = require(`${sdk}/common/profile/http_profile`);
const SDKException = require(`${sdk}/common/exception/tencent_cloud_sdk_exception`);
const ssl = require(`${sdk}/ssl`).v20191205;

const { SDK_PROTOCOL, SDK_ENDPOINT, SDK_SIGN_METHOD, SDK_HTTP_METHOD, SDK_SECRET_ID, SDK_SECRET_KEY, SDK_TOKEN } = process.env;

const profile = new ClientProfile(SDK_SIGN_METHOD, new HttpProfile(SDK_PROTOCOL, SDK_ENDPOINT, SDK_HTTP_METHOD));
const client = new ssl.Client(new Credential(SDK_SECRET_ID, SDK_SECRET_KEY, SDK_TOKEN || undefined), "", profile);

function call({ action, parameters }) {
  const request = new ssl.Models[`${action}Request`]();
  request.from_json_string(JSON.stringify(parameters));
  return new Promise((resolve) => {
    client[action](request, (error, response) => resolve(error ? describe(error) : { response }));
  });
}

function describe(error) {
  if (error instanceof SDKException && error.code) {
    return { error: { code: error.code, message: error.message, requestID: error.requestId } };
  }
  return { failure: error.stack };
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await call(JSON.parse(line))) + "\n");
  }
}

main();
