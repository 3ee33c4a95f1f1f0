module ums.example/client

go 1.19
