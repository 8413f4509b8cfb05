"""Playbooks to and from CACAO 2.0 (https://docs.oasis-open.org/cacao/security-playbooks/v2.0/security-playbooks-v2.0.html).

Its `jupyter` command carries a notebook in base64, its `manual` command what people do: that is all irkit writes, and all it reads. What
else CACAO knows (ssh, http, conditions, loops, delays) is refused by name; nothing is run by reading. What CACAO has no word for stands in
an extension of irkit's own, and a reader that does not know it still has the order, the notebooks, the gates and the variables.

Signatures in a document are not verified, and none is made. The JSON schemas of the committee say of `jupyter` what they say of `sigma`
(https://github.com/oasis-open/cacao-json-schemas, schemas/commands/jupyter.json), so that a notebook belongs there is read from its name.
"""

from irkit.playbook.cacao.imported import Imported
from irkit.playbook.cacao.reading import read_cacao
from irkit.playbook.cacao.writing import to_cacao

__all__ = ["Imported", "read_cacao", "to_cacao"]
