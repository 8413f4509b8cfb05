// An authorization server on loopback: oidc-provider with one client that owns tokens and one that may act on them.
// argv: the folder of node_modules. Client credentials come from the environment, the address goes to standard output.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import http from 'node:http'

const require = createRequire(`${process.argv[2]}/`)
const { default: Provider } = await import(pathToFileURL(require.resolve('oidc-provider')))

const client = (name) => ({
  client_id: name,
  client_secret: process.env[`SECRET_${name.toUpperCase()}`],
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  token_endpoint_auth_method: 'client_secret_basic',
})
const mayAct = async (_context, _client, _token) => true

const server = http.createServer()
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  const provider = new Provider(issuer, {
    clients: [client('app'), client('responder')],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: mayAct },
      revocation: { enabled: true, allowedPolicy: mayAct },
    },
  })
  server.on('request', provider.callback())
  console.log(issuer)
})
