// Copyright: (c) 2026, keysmith.jwt contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Reads the cases of test_libraries.py, and prints by case the thumbprint, and of each token whether it is right.

import { readFileSync } from 'node:fs';

import { calculateJwkThumbprint, compactVerify, errors, importJWK } from 'jose';

const found = {};
for (const { name, jwk, tokens } of JSON.parse(readFileSync(0))) {
  const key = await importJWK(jwk, jwk.alg);
  found[name] = [await calculateJwkThumbprint(jwk)];
  for (const token of tokens) {
    found[name].push(await compactVerify(token, key).then(() => true, (error) => {
      if (error instanceof errors.JWSSignatureVerificationFailed) return false;
      throw error;
    }));
  }
}
console.log(JSON.stringify(found));
