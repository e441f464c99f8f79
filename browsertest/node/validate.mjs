// Validates an OpenAPI document, and bodies against its schemas. Standard input
// is {"document": {…}, "bodies": [{"schema": NAME, "body": {…}}, …]}; what is
// wrong is printed, and makes the exit code 1.
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

let text = '';
for await (const part of process.stdin) text += part;
const { document, bodies } = JSON.parse(text);

const { valid, errors } = await new Validator().validate(structuredClone(document));
if (!valid) {
  console.log('the document is not valid:', JSON.stringify(errors, null, 1));
  process.exitCode = 1;
}
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema(document, 'api');
for (const { schema, body } of bodies) {
  const validate = ajv.getSchema(`api#/components/schemas/${schema}`);
  if (!validate) {
    console.log(`there is no schema ${schema}`);
    process.exitCode = 1;
  } else if (!validate(body)) {
    console.log(`${schema}: ${JSON.stringify(validate.errors)} in ${JSON.stringify(body)}`);
    process.exitCode = 1;
  }
}
