netsh ipsec static add policy name=office mmsecmethods="3DES-SHA1-2 3DES-MD5-2" mmlifetime=480
netsh ipsec static add filterlist name=lan
netsh ipsec static add filter filterlist=lan srcaddr=10.1.0.0 srcmask=24 dstaddr=10.2.0.0 dstmask=255.255.255.0 mirrored=no
netsh ipsec static add filter filterlist=telnet srcaddr=me dstaddr=any protocol=TCP dstport=23
netsh ipsec static add filteraction name=ask qmpfs=yes soft=yes action=negotiate qmsecmethods="ESP[3DES,SHA1]:100000k/3600s"
netsh ipsec static add filteraction name=respond inpass=yes action=negotiate
netsh ipsec static add filteraction name=drop action=block
netsh ipsec static add rule name="branch lan" policy=office filterlist=lan filteraction=ask tunnel=198.51.100.1 psk="hunter2 x"
netsh ipsec static add rule name=servers policy=office filterlist=telnet filteraction=respond kerberos=yes
netsh ipsec static add rule name=block policy=office filterlist=telnet filteraction=drop
