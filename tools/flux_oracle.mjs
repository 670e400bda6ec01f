// A second opinion on Flux scripts, for development only: reads a JSON array of scripts on stdin and writes, for each, what the
// reference's WASM build says about it: {valid, ast, errors: [[line, column, endLine, endColumn, message]]} (positions from 1,
// as the LSP counts them). Run by tools/flux_oracle.py; the npm package lives wherever FLUX_LSP says.
import { createRequire } from 'module'
import { readFileSync, writeSync } from 'fs'

const require = createRequire((process.env.FLUX_LSP || process.cwd()) + '/')
const build = '@influxdata/flux-lsp-node'
let flux = require(build)
const scripts = JSON.parse(readFileSync(0, 'utf8'))

console.log = console.info = console.debug = console.warn = () => {}
const plain = (v) => v instanceof Map ? Object.fromEntries([...v].map(([k, x]) => [k, plain(x)]))
  : Array.isArray(v) ? v.map(plain)
  : v && typeof v === 'object' ? Object.fromEntries(Object.entries(v).map(([k, x]) => [k, plain(x)])) : v

const found = {}
let lsp
const send = (o) => lsp.send(JSON.stringify({ jsonrpc: '2.0', ...o }))
const start = async () => {
  lsp = new flux.Lsp()
  lsp.onMessage((message) => {
    const { method, params } = JSON.parse(message)
    if (method === 'textDocument/publishDiagnostics') found[params.uri] = params.diagnostics
  })
  lsp.run().catch(() => {})
  await send({ id: 1, method: 'initialize', params: { capabilities: {} } })
  await send({ method: 'initialized', params: {} })
}
await start()
const answers = []
for (const [number, text] of scripts.entries()) {
  const answer = { valid: null, ast: null, errors: null }
  try { answer.ast = plain(flux.parse(text)) } catch (e) { answer.crash = String(e) }
  try { answer.valid = flux.is_valid_flux(text) } catch (e) { answer.crash = String(e) }
  if (!answer.crash) {
    const uri = `file:///q${number}/a.flux`
    const textDocument = { uri, languageId: 'flux', version: 1, text }
    await send({ method: 'textDocument/didOpen', params: { textDocument } })
    for (let i = 0; i < 200 && !(uri in found); i++) await new Promise((r) => setTimeout(r, 1))
    answer.errors = (found[uri] || []).filter((d) => d.severity === 1).map((d) => [
      d.range.start.line + 1, d.range.start.character + 1, d.range.end.line + 1, d.range.end.character + 1, d.message])
    await send({ method: 'textDocument/didClose', params: { textDocument: { uri } } })
  }
  if (answer.crash) { // a panic leaves the build unusable: take a new one
    delete require.cache[require.resolve(build)]
    flux = require(build)
    await start()
  }
  answers.push(answer)
}
const bytes = Buffer.from(JSON.stringify(answers))
for (let at = 0; at < bytes.length;) at += writeSync(1, bytes, at)
process.exit(0)
