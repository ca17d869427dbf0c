the default encoding gives the digest: yes
latin-1 gives the digest: no
the default gives the octets back: yes
latin-1 gives the octets back: no
