// Samples with the official SDKs. Their generic clients know every action; the
// typed ones know those of ssl in some versions only, and csrd's own in none.
import { Secret, csharp, go as goText, java as javaText, javascript, literal, php as phpText, python as pythonText } from './quote.js';

const cloud = (call, change) => (call.action.product === 'ssl' ? `for the cloud: ${change}` : `csrd's own action: the cloud has none`);

const host = (call) => call.endpoint.host + call.endpoint.pathname.replace(/\/$/, '');

const scheme = (call) => call.endpoint.protocol.slice(0, -1);

const plain = { null: 'null', true: 'true', false: 'false', indent: '  ', list: ['[', ']'], object: ['{', '}'] };

export function go(call) {
  const { action, parameters, token } = call;
  const values = literal(parameters, {
    null: 'nil', true: 'true', false: 'false', indent: '\t', text: goText, list: ['[]any{', '}'], object: ['map[string]any{', '}'],
    member: (name, value) => `${goText(name)}: ${value}`, secret: (variable) => `os.Getenv("${variable}")`,
  }, 1);
  return `// go get github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
)

func main() {
	credential := common.${token ? 'NewTokenCredential' : 'NewCredential'}(os.Getenv("TENCENTCLOUD_SECRET_ID"), os.Getenv("TENCENTCLOUD_SECRET_KEY")${token ? ', os.Getenv("TENCENTCLOUD_TOKEN")' : ''})
	settings := profile.NewClientProfile()
	settings.HttpProfile.Scheme, settings.HttpProfile.Endpoint = ${goText(scheme(call).toUpperCase())}, ${goText(host(call))} // ${cloud(call, 'leave this line out')}
	client := common.NewCommonClient(credential, "", settings)

	request := tchttp.NewCommonRequest("${action.product}", "${action.version}", "${action.Name}")
	if err := request.SetActionParameters(${values}); err != nil {
		log.Fatal(err)
	}
	response := tchttp.NewCommonResponse()
	if err := client.Send(request, response); err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(response.GetBody()))
}
`;
}

export function python(call) {
  const { action, parameters, token } = call;
  const values = literal(parameters, {
    null: 'None', true: 'True', false: 'False', indent: '    ', text: pythonText, list: ['[', ']'], object: ['{', '}'],
    member: (name, value) => `${pythonText(name)}: ${value}`, secret: (variable) => `os.environ["${variable}"]`,
  });
  return `# pip install tencentcloud-sdk-python-common
import json
import os

from tencentcloud.common import credential
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

key = credential.Credential(os.environ["TENCENTCLOUD_SECRET_ID"], os.environ["TENCENTCLOUD_SECRET_KEY"]${token ? ', os.environ["TENCENTCLOUD_TOKEN"]' : ''})
http = HttpProfile(protocol=${pythonText(scheme(call))}, endpoint=${pythonText(host(call))})  # ${cloud(call, 'HttpProfile()')}
client = CommonClient("${action.product}", "${action.version}", key, "", ClientProfile(httpProfile=http))

response = client.call_json("${action.Name}", ${values})
print(json.dumps(response, ensure_ascii=False, indent=2))
`;
}

export function node(call) {
  const { action, parameters, token } = call;
  const values = literal(parameters, {
    ...plain, text: javascript, member: (name, value) => `${name}: ${value}`, secret: (variable) => `process.env.${variable}`,
  });
  return `// npm install tencentcloud-sdk-nodejs-common
const { CommonClient } = require("tencentcloud-sdk-nodejs-common");

const client = new CommonClient("${action.product}.tencentcloudapi.com", "${action.version}", {
  credential: {
    secretId: process.env.TENCENTCLOUD_SECRET_ID,
    secretKey: process.env.TENCENTCLOUD_SECRET_KEY,${token ? '\n    token: process.env.TENCENTCLOUD_TOKEN,' : ''}
  },
  profile: {
    httpProfile: { protocol: ${javascript(`${scheme(call)}://`)}, endpoint: ${javascript(host(call))} }, // ${cloud(call, 'leave this line out')}
  },
});

client.request("${action.Name}", ${values}).then(
  (response) => console.log(JSON.stringify(response, null, 2)),
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
`;
}

export function java(call) {
  const { action, parameters, token } = call;
  const lines = Object.entries(parameters).map(([name, value]) => {
    if (value instanceof Secret) return `parameters.addProperty("${name}", System.getenv("${value.variable}"));`;
    if (typeof value === 'object') return `parameters.add("${name}", new Gson().fromJson(${javaText(JSON.stringify(value))}, JsonElement.class));`;
    return `parameters.addProperty("${name}", ${typeof value === 'string' ? javaText(value) : typeof value === 'number' && Number.isInteger(value) ? `${value}L` : value});`;
  });
  return `// Maven: com.tencentcloudapi:tencentcloud-sdk-java-common. File Example.java, in UTF-8.
import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.tencentcloudapi.common.CommonClient;
import com.tencentcloudapi.common.Credential;
import com.tencentcloudapi.common.profile.ClientProfile;
import com.tencentcloudapi.common.profile.HttpProfile;

public class Example {
    public static void main(String[] args) throws Exception {
        Credential credential = new Credential(System.getenv("TENCENTCLOUD_SECRET_ID"), System.getenv("TENCENTCLOUD_SECRET_KEY")${token ? ', System.getenv("TENCENTCLOUD_TOKEN")' : ''});
        HttpProfile http = new HttpProfile();
        http.setProtocol(${javaText(`${scheme(call)}://`)}); http.setEndpoint(${javaText(host(call))}); // ${cloud(call, 'leave this line out')}
        ClientProfile profile = new ClientProfile();
        profile.setHttpProfile(http);
        CommonClient client = new CommonClient("${action.product}", "${action.version}", credential, "", profile);

        JsonObject parameters = new JsonObject();
${lines.map((line) => `        ${line}\n`).join('')}        System.out.println(client.call("${action.Name}", parameters.toString()));
    }
}
`;
}

export function php(call) {
  const { action, parameters, token } = call;
  const values = literal(parameters, {
    ...plain, indent: '    ', text: phpText, object: ['[', ']'], empty: 'new stdClass()', member: (name, value) => `${phpText(name)} => ${value}`, secret: (variable) => `getenv('${variable}')`,
  });
  return `<?php
// composer require tencentcloud/common
require 'vendor/autoload.php';

use TencentCloud\\Common\\CommonClient;
use TencentCloud\\Common\\Credential;
use TencentCloud\\Common\\Profile\\ClientProfile;
use TencentCloud\\Common\\Profile\\HttpProfile;

$credential = new Credential(getenv('TENCENTCLOUD_SECRET_ID'), getenv('TENCENTCLOUD_SECRET_KEY')${token ? ", getenv('TENCENTCLOUD_TOKEN')" : ''});
$http = new HttpProfile(${phpText(`${scheme(call)}://`)}, ${phpText(host(call))}); // ${cloud(call, 'new HttpProfile()')}
$profile = new ClientProfile();
$profile->setSignMethod('TC3-HMAC-SHA256');
$profile->setHttpProfile($http);
$client = new CommonClient('${action.product}', '${action.version}', $credential, '', $profile);

$response = $client->callJson('${action.Name}', ${values});
echo json_encode($response, JSON_UNESCAPED_UNICODE | JSON_PRETTY_PRINT), PHP_EOL;
`;
}

export function dotnet(call) {
  const { action, parameters, token } = call;
  const lines = Object.entries(parameters).map(([name, value]) => {
    if (value instanceof Secret) return `["${name}"] = Environment.GetEnvironmentVariable("${value.variable}"),`;
    if (typeof value === 'object') return `["${name}"] = JToken.Parse(${csharp(JSON.stringify(value))}),`;
    return `["${name}"] = ${typeof value === 'string' ? csharp(value) : value},`;
  });
  return `// dotnet add package TencentCloudSDK.Common
using System;
using Newtonsoft.Json.Linq;
using TencentCloud.Common;
using TencentCloud.Common.Profile;

public static class Example
{
    public static void Main()
    {
        var credential = new Credential
        {
            SecretId = Environment.GetEnvironmentVariable("TENCENTCLOUD_SECRET_ID"),
            SecretKey = Environment.GetEnvironmentVariable("TENCENTCLOUD_SECRET_KEY"),${token ? '\n            Token = Environment.GetEnvironmentVariable("TENCENTCLOUD_TOKEN"),' : ''}
        };
        var http = new HttpProfile { Protocol = ${csharp(`${scheme(call)}://`)}, Endpoint = ${csharp(host(call))} }; // ${cloud(call, 'new HttpProfile()')}
        var client = new CommonClient("${action.product}", "${action.version}", credential, "", new ClientProfile { HttpProfile = http });

        var parameters = new JObject
        {
${lines.map((line) => `            ${line}\n`).join('')}        };
        Console.WriteLine(client.Call(new CommonRequest(parameters), "${action.Name}"));
    }
}
`;
}
