// Makes a key for LOG_SIGNING_KEY: npm run log-key -- NAME

import { makeSigningKey } from '../process/signing-key.ts';

const [name = ''] = process.argv.slice(2);
if (/^[^+\s]+$/.test(name)) {
  console.log(makeSigningKey(name));
} else {
  console.error(
    'Usage: npm run log-key -- NAME\n' +
      'NAME is the host of your shop, such as shop.example: the public logs are known by it.',
  );
  process.exit(1);
}
