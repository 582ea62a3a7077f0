import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Certificates {
  /** For NODE_EXTRA_CA_CERTS. */
  readonly caFile: string
  readonly key: Buffer
  readonly valid: Buffer
  readonly expired: Buffer
}

/** A private authority and two certificates for 127.0.0.1, one of which ran out yesterday. Needs the openssl command. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => run('openssl', args)
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await openssl(
    ...['req', '-x509', ...fresh, '-days', '2', '-subj', '/CN=Chaos CA'],
    ...['-keyout', file('ca.key'), '-out', file('ca.pem')],
  )
  await openssl(
    ...['req', ...fresh, '-subj', '/CN=127.0.0.1'],
    ...['-keyout', file('portal.key'), '-out', file('portal.csr')],
  )
  await writeFile(file('portal.ext'), 'subjectAltName=IP:127.0.0.1\n')
  const issue = async (name: string, days: string): Promise<Buffer> => {
    await openssl(
      ...['x509', '-req', '-in', file('portal.csr'), '-days', days, '-out', file(name)],
      ...['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial'],
      ...['-extfile', file('portal.ext')],
    )
    return await readFile(file(name))
  }
  return {
    caFile: file('ca.pem'),
    key: await readFile(file('portal.key')),
    valid: await issue('valid.pem', '2'),
    expired: await issue('expired.pem', '-1'),
  }
}
