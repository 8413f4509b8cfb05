"""What is run on a host, in plain POSIX shell. $1 is the process that serves us there, then come the arguments.

They end with 3 when something is not there, 4 when something is in the way, 5 when it may not be done.
"""

APPEND = r"""
f=$2; k=$(cat); b=$(printf '%s' "$k" | grep -oE 'AAAA[A-Za-z0-9+/=]+' | head -n 1)
[ -n "$b" ] || { echo "no key came"; exit 4; }
[ -e "$f" ] || { echo "there is no $f"; exit 3; }
[ "$(head -c 6 "$f" | tr -d '\0')" != SSHKRL ] || { echo "$f is a binary list: add the key with ssh-keygen -k -u"; exit 4; }
[ -w "$f" ] || { echo "$f may not be written"; exit 5; }
if grep -qF -- "$b" "$f"; then echo "already there"; else
  if [ -n "$3" ]; then t=$(date -d "@$3" +%Y%m%d%H%M 2>/dev/null || date -r "$3" +%Y%m%d%H%M); k="expiry-time=\"$t\"${4:+,$4} $k"
  elif [ -n "$4" ]; then k="$4 $k"; fi
  if [ -n "$(tail -c 1 "$f")" ]; then printf '\n%s\n' "$k" >> "$f"; else printf '%s\n' "$k" >> "$f"; fi || exit 5
fi
grep -qF -- "$b" "$f"
"""

REMOVE = r"""
f=$(readlink -f -- "$2"); b=$(cat)
[ -n "$b" ] || exit 4
[ -e "$f" ] || { echo "there is no $2"; exit 3; }
grep -qF -- "$b" "$f" || { echo "no such key"; exit 3; }
[ -w "$f" ] && cp -p -- "$f" "$f.irkit.$$" || { echo "$2 may not be written"; exit 5; }
grep -vF -- "$b" "$f" > "$f.irkit.$$"
if [ $? -le 1 ] && mv -f -- "$f.irkit.$$" "$f"; then :; else rm -f -- "$f.irkit.$$"; exit 5; fi
! grep -qF -- "$b" "$f"
"""

READ = r"""
[ -e "$2" ] || { echo "there is no $2"; exit 3; }
[ -r "$2" ] || { echo "$2 may not be read"; exit 5; }
cat -- "$2"
"""

# Of each process that serves a connection of the user: its number and its parent's (a monitor has one). "sees" stands in
# front when the list is whole and its titles are those of OpenSSH: the first process is in it, and the one that serves us.
SESSIONS = r"""
ps -eo pid=,ppid=,args= | awk -v own="$1" -v user="$2" '
{ pid = $1; up = $2; $1 = ""; $2 = ""; sub(/^ +/, ""); sub(/^sshd-session:/, "sshd:")
  if (pid == 1) first = 1
  if (pid == own && index($0, "sshd: ") == 1) served = 1
  if ($0 == "sshd: " user || $0 == "sshd: " user " [priv]" || index($0, "sshd: " user "@") == 1) of[pid] = up }
END { if (first && served) print "sees", 0
  for (pid in of) if (pid != own && pid != of[own]) print pid, of[pid] }'
"""

END = (
    SESSIONS.rstrip()
    + r""" | { f=0; seen=; while read -r pid _; do
  [ "$pid" != sees ] || { seen=1; continue; }
  if kill -TERM "$pid" 2>/dev/null || ! kill -0 "$pid" 2>/dev/null; then :; else f=1; fi; echo "$pid"; done
  [ -n "$seen" ] || { echo "the host does not show its processes"; exit 6; }
  [ $f -eq 0 ] || { echo "may not end them"; exit 5; }; }
"""
)
