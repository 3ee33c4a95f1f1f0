module example.com/ums-signer

go 1.19
