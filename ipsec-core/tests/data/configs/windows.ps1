# the tunnel to the branch
$mm = New-NetIPsecMainModeCryptoProposal -Encryption AES256 -Hash SHA256 -KeyExchange DH14
New-NetIPsecMainModeCryptoSet -DisplayName "office main" -Proposal $mm
$q1 = New-NetIPsecQuickModeCryptoProposal -Encapsulation ESP -ESPHash SHA256 -Encryption AES256 -MaxMinutes 30
$q2 = New-NetIPsecQuickModeCryptoProposal -Encapsulation ESP -ESPHash AESGCM256 -Encryption AESGCM256
$qm = New-NetIPsecQuickModeCryptoSet -DisplayName "office quick" -Proposal $q1,$q2 `
    -PerfectForwardSecrecyGroup SameAsMainMode
$auth = New-NetIPsecPhase1AuthSet -DisplayName "office auth" -Proposal @(
    New-NetIPsecAuthProposal -Machine -PreSharedKey "hunter2"
)
New-NetIPsecRule -DisplayName "branch" -Mode Tunnel -KeyModule IKEv2 -InboundSecurity Require -OutboundSecurity Request `
    -LocalTunnelEndpoint 192.0.2.1 -RemoteTunnelEndpoint 198.51.100.1 -LocalAddress 10.1.0.0/24 -RemoteAddress 10.2.0.0/24,10.3.0.0/24 `
    -QuickModeCryptoSet $qm.Name -Phase1AuthSet $auth.Name
Add-VpnConnection -Name "l2tp home" -ServerAddress vpn.example -TunnelType L2tp
Add-VpnConnection -Name office -ServerAddress 192.0.2.1 -TunnelType Ikev2 -AuthenticationMethod Eap
Set-VpnConnectionIPsecConfiguration -ConnectionName office -EncryptionMethod AES256 -IntegrityCheckMethod SHA256 -DHGroup Group14 -CipherTransformConstants GCMAES256 -AuthenticationTransformConstants GCMAES256 -PfsGroup PFS2048 -Force
