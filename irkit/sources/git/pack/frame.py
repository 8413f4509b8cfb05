"""The table of 64-bit numbers through which Python and the kernel speak: the slot of each, by name.

Plain numbers and addresses of arrays that Python owns. Lists that grow are three slots each (address, items used,
items there is room for); the kernel allocates them, `native.taken` copies and frees them.
"""

from __future__ import annotations

# The pack: its bytes (without the trailing checksum), and per node (object of this pack, in the order of the pack)
PACK, PACK_END, NODES = 0, 1, 2
OFFSET = 3  # i64: where its header starts
DATA = 4  # i64: where its compressed stream starts
SIZE = 5  # i64: bytes its stream inflates to
KIND = 6  # u8: 1 commit, 2 tree, 3 blob, 4 tag, 6 offset delta, 7 reference delta, 0 unreadable
BASE = 7  # i64: offset of the base (6), position of its id (7)
OBJECT = 8  # i32: number of the object in the table of all
STATUS = 9  # u8, written: 0 not read, 1 read, 2 read and more occurrences than listed
# The forest of deltas: needed nodes only
PARENT = 10  # i32: node of the base, -1 a root, -2 none that is here
FIRST, CHILD = 11, 12  # i32: children of node n are CHILD[FIRST[n]:FIRST[n + 1]], the heaviest last
WEIGHT = 13  # i64: compressed bytes at and below
ORDER = 14  # i32: nodes, bases first
NEED = 15  # u8: sought itself, or the base of one that is
# The job
ROOTS, JOB_FROM, JOB_TO = 16, 17, 18
MODE = 19  # 1 seek, 2 read trees, 4 note possible containers
LIMIT = 20  # larger objects are left to git
# Inflating
LIBRARY, INFLATE, RESET, DECODER = 21, 22, 23, 24
# The matcher
BITS, HEADS, NEXT = 25, 26, 27  # a bit and an i32 by hash of a block; i32 by entry
NEEDLES, STARTS, LENGTHS = 28, 29, 30  # bytes; i64; i64, all by needle
STRIDE, LONGEST, BLOCK, MASK, DOWN = 31, 32, 33, 34, 36
ENTRY_NEEDLE = 35  # i32 by entry: needle * STRIDE + where in it the block stands
MOST = 37  # occurrences listed per object
MANY = 38  # occurrences listed altogether before it is one per object
# The table of all objects
IDS, FANOUT, COUNT, ID_BYTES = 39, 40, 41, 42  # sorted raw ids; i32 by first two bytes
SOUGHT, SOUGHT_COUNT, SOUGHT_BITS = 43, 44, 45  # sorted raw ids of blobs; u8 by first two bytes
# What is written per object
TREE_OF, AUTHORED, COMMITTED, STATE = 46, 47, 48, 49  # i32, i64, i64; u8: 1 understood, 2 not
# Lists that grow
HITS = 50  # i64 x 3: node, needle, offset
EDGES = 53  # i32 x 3: tree, subtree (-1 when it is not here), name
DIRECT = 56  # i32 x 3: tree, which sought blob, name
PARENTS = 59  # i32 x 2: commit, parent (-1 when it is not here)
NAMES = 62  # u8: a u32 length and the bytes, one after another
NAME_ENDS = 65  # i64: end of each name in NAMES
NAME_SLOTS = 68  # i32: hash table of name numbers plus one
# Scratch
DELTA = 71  # u8: the inflated delta
SEGMENT = 74  # u8: what is left of an object once the insides of its copies are gone
STACK = 77  # i64 x 6 per level
SPARE = 80  # 64 bytes
OWNER = 81  # the node or object that hits are being listed for
ENTRIES = 82  # i32: where each entry of the current tree starts
FOUND = 85  # i32 x 4: start of an entry that is listed, the list, and what is listed of it
FIRSTS, FIRSTS_COUNT = 88, 89  # u64 x 2: mask and value of the first eight bytes of what may be a container
OPENS = 90  # the number by which a possible container is listed, as if it were a needle at 0
HEAD = 91  # u8: the first bytes of an object that is not built whole
SLOTS = 94

SLACK = 64
"""Bytes that may be read, never used, behind every buffer of the kernel."""
LEVELS = 72
"""The heaviest child comes last and takes its base's place, so a level halves the bytes below: 64 levels are all there can be."""
