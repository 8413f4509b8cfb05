"""OpenPGP.js under node. Where it stands is for node to say: NODE_PATH, or a node_modules beside the working directory."""

from __future__ import annotations

import json
import os
import shutil
from functools import cache
from pathlib import Path

from irkit.openpgp.consumers.interface import Answer, Consumer, KeyringState, Sample, run, throwaway_place
from irkit.openpgp.keyblock import shown

_GET = "apt-get install nodejs; npm install openpgp"
_FIND = "process.stdout.write(require.resolve('openpgp', {paths: [process.argv[1]]}))"
_VERIFY = """
const fs = require('fs');
const [module, keys, signature, text] = process.argv.slice(1);
const openpgp = require(module);
(async () => {
  const answer = {version: openpgp.config.versionString};
  if (keys) {
    const verificationKeys = await openpgp.readKeys({binaryKeys: fs.readFileSync(keys)});
    const message = await openpgp.createMessage({binary: fs.readFileSync(text)});
    const signed = await openpgp.readSignature({armoredSignature: fs.readFileSync(signature, 'utf8')});
    const {signatures} = await openpgp.verify({message, signature: signed, verificationKeys});
    try {
      for (const one of signatures) await one.verified;
      Object.assign(answer, {good: signatures.length > 0, why: 'verified'});
    } catch (error) { Object.assign(answer, {good: false, why: error.message}); }
  }
  process.stdout.write(JSON.stringify(answer));
})();
"""


def _module() -> str:
    """Where node finds openpgp; "" when it does not. The user's own search path is asked, and nothing else of theirs."""
    return _found(str(Path.cwd()), os.environ.get("NODE_PATH", "")) if shutil.which("node") else ""


@cache
def _found(folder: str, search: str) -> str:
    with throwaway_place() as place:
        ran = run(["node", "-e", _FIND, folder], place, NODE_PATH=search)
    return ran.said if ran.returncode == 0 else ""


def _version() -> str:
    with throwaway_place() as place:
        return str(json.loads(run(["node", "-e", _VERIFY, _module()], place).said)["version"])


def _asks(ring: KeyringState, sample: Sample) -> Answer:
    with throwaway_place() as place:
        keys = place / "keys.pgp"
        keys.write_bytes(b"".join(ring.trusted))
        ran = run(["node", "-e", _VERIFY, _module(), str(keys), str(sample.signature), str(sample.text)], place)
    if ran.returncode != 0:
        return Answer(None, f"node ended with {ran.returncode}: {ran.line_with('Error') or ran.last_words()}")
    answer = json.loads(ran.said)
    return Answer(bool(answer["good"]), shown(answer["why"]))


CONSUMERS = (Consumer("OpenPGP.js", "file", _version, lambda: None if _module() else _GET, _asks),)
