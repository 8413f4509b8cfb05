"""One module a part of the document: each turns the story into blocks. Pure."""
