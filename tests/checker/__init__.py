"""An independent reader and checker of Tallystick's bytes, written from docs/format.md alone.

grammar    fields, lines, texts            sign       PAE, Ed25519, signed texts, sealed boxes
strictjson payloads                        tree       RFC 6962 hashes and proofs, tiles
note       notes, checkpoints, policy      keys       county.keys, key files
entry      headers, kinds, payloads        leaf       leaves;  record: the 17 kinds;  state: what follows from them
enrol      token to answer                 sync       request, answer, stored answer, receipt;  frame: frames
files      bundle, guard, MANIFEST         export     an export's folder;  audit_*: the findings of section 14
writer     writes logs and manifests       forgery    forged copies of an export

Programs: verify (section 14), forge."""
