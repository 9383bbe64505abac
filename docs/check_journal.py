#!/usr/bin/env python3
"""Check an exported journal without any of our software: Python's standard library and the openssl command.

    python3 check_journal.py journal.jsonl [terminal-public-key.pem]

Says which entry was altered, removed or put in another place, or that chain and signature hold. Give the terminal's public key as the
platform knows it: the one inside the file proves only that the file was not changed after it was signed.
"""

import base64
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path


def main(path, key_path=None):
    first, *entries, last = (json.loads(line) for line in Path(path).read_text("utf-8").splitlines())
    if first.get("format") != "dazheng-journal-1":
        return "this is no export of a journal"
    previous = hashlib.sha256(b"dazheng journal").hexdigest()
    for number, entry in enumerate(entries, start=1):
        said = [entry[name] for name in ("seq", "at", "case", "kind", "data")]
        content = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
        digest = hashlib.sha256(bytes.fromhex(entry["previous"]) + content).hexdigest()
        if entry["seq"] != number:
            return f"entry {number} was removed or put in another place"
        if digest != entry["hash"]:
            return f"entry {number} was altered"
        if entry["previous"] != previous:
            return f"entry {max(1, number - 1)} was altered, or written anew"
        previous = entry["hash"]
    if (last["seq"], last["hash"]) != (len(entries), previous):
        return f"entries after {len(entries)} were removed"
    statement = "\n".join(["dazheng journal head", first["terminal"], str(last["seq"]), last["hash"], last["at"], ""])
    with tempfile.TemporaryDirectory() as room:
        signed, signature, key = (Path(room) / name for name in ("signed", "signature", "key.pem"))
        signed.write_text(statement, "utf-8")
        signature.write_bytes(base64.b64decode(last["signature"]))
        key.write_text(Path(key_path).read_text() if key_path else first["public_key"])
        command = ["openssl", "dgst", "-sha256", "-verify", str(key), "-signature", str(signature), str(signed)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return "the signature is not this terminal's"
    sys.stdout.write(f"the journal of {first['terminal']} holds: {last['seq']} entries, signed {last['at']}\n")
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
