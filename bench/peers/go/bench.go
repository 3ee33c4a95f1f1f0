// net/http and the signer in Go. Usage: bench client|once|sign …, as bench/src/peer.rs calls it. It is built beside
// examples/signers/go/signer.go.
package main

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	appID  = "00000000000000000000000000000001"
	appKey = "ums-simulator-demo-key-not-secret"
	path   = "/v6/poslink/transaction/voidpayment"
)

var utc8 = time.FixedZone("UTC+8", 8*3600)

type voidRequest struct {
	MerchantCode    string `json:"merchantCode"`
	TerminalCode    string `json:"terminalCode"`
	SystemTraceNum  string `json:"systemTraceNum"`
	OriginalOrderID string `json:"originalOrderId"`
	MerchantRemark  string `json:"merchantRemark"`
}

type voidReply struct {
	ErrCode                 string `json:"errCode"`
	ErrInfo                 string `json:"errInfo"`
	OrderID                 string `json:"orderId"`
	TransactionTime         string `json:"transactionTime"`
	TransactionDate         string `json:"transactionDate"`
	TransactionDateWithYear string `json:"transactionDateWithYear"`
	SettlementDate          string `json:"settlementDate"`
	SettlementDateWithYear  string `json:"settlementDateWithYear"`
	RetrievalRefNum         string `json:"retrievalRefNum"`
	TransactionAmount       string `json:"transactionAmount"`
	ActualTransactionAmount string `json:"actualTransactionAmount"`
	ThirdPartyName          string `json:"thirdPartyName"`
	CardAttr                string `json:"cardAttr"`
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func signed(body []byte) string {
	random := make([]byte, 16)
	_, err := rand.Read(random)
	fail(err)
	timestamp, nonce := time.Now().In(utc8).Format("20060102150405"), hex.EncodeToString(random)
	_, _, signature, err := sign(appID, appKey, timestamp, nonce, body)
	fail(err)
	return header(appID, timestamp, nonce, signature)
}

func call(client *http.Client, base string) {
	body, err := json.Marshal(voidRequest{"103290070111417", "12340511", "123456", "20230718110248029165883554", "测试"})
	fail(err)
	request, err := http.NewRequest("POST", base+path, bytes.NewReader(body))
	fail(err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Authorization", signed(body))
	reply, err := client.Do(request)
	fail(err)
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	fail(err)
	var parsed voidReply
	fail(json.Unmarshal(text, &parsed))
	if reply.StatusCode != 200 || parsed.ErrCode != "00" {
		fail(fmt.Errorf("not approved: %s", text))
	}
}

func client(ca string, concurrency int) *http.Client {
	pem, err := os.ReadFile(ca)
	fail(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots}, MaxIdleConnsPerHost: concurrency, MaxIdleConns: concurrency, DisableCompression: true}}
}

func cpu() float64 {
	var used syscall.Rusage
	fail(syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
}

func load(base, ca string, concurrency int, warmUp, measure time.Duration) {
	shared := client(ca, concurrency)
	var measuring, over atomic.Bool
	var callers sync.WaitGroup
	latencies := make([][]float64, concurrency)
	for i := range latencies {
		i := i
		callers.Add(1)
		go func() {
			defer callers.Done()
			for !over.Load() {
				started := time.Now()
				call(shared, base)
				if measuring.Load() {
					latencies[i] = append(latencies[i], float64(time.Since(started).Nanoseconds())/1e3)
				}
			}
		}()
	}
	time.Sleep(warmUp)
	started, before := time.Now(), cpu()
	measuring.Store(true)
	time.Sleep(measure)
	measuring.Store(false)
	over.Store(true)
	seconds, used := time.Since(started).Seconds(), cpu()-before
	callers.Wait()
	var all []float64
	for _, some := range latencies {
		all = append(all, some...)
	}
	sort.Float64s(all)
	at := func(quantile float64) float64 {
		place := int(float64(len(all)) * quantile)
		if place >= len(all) {
			place = len(all) - 1
		}
		return all[place]
	}
	status, err := os.ReadFile("/proc/self/status")
	fail(err)
	peak := 0
	for _, line := range strings.Split(string(status), "\n") {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmHWM:" {
			peak, _ = strconv.Atoi(fields[1])
		}
	}
	fail(json.NewEncoder(os.Stdout).Encode(map[string]any{"calls": len(all), "seconds": seconds, "cpu_seconds": used,
		"p50": at(0.5), "p99": at(0.99), "p999": at(0.999), "peak_kib": peak}))
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	fail(err)
	return value
}

func main() {
	arguments := os.Args[2:]
	switch os.Args[1] {
	case "sign":
		length, count := number(arguments[0]), number(arguments[1])
		body := make([]byte, length)
		for i := range body {
			body[i] = byte(32 + i%95)
		}
		for i := 0; i < count/10; i++ {
			signed(body)
		}
		started := time.Now()
		for i := 0; i < count; i++ {
			signed(body)
		}
		fmt.Println(float64(time.Since(started).Nanoseconds()) / float64(count))
	case "once":
		call(client(arguments[1], 1), arguments[0])
	case "version":
		fmt.Println(strings.Replace(runtime.Version(), "go", "Go ", 1))
	default:
		milliseconds := func(text string) time.Duration { return time.Duration(number(text)) * time.Millisecond }
		load(arguments[0], arguments[1], number(arguments[2]), milliseconds(arguments[3]), milliseconds(arguments[4]))
	}
}
