// Takes a payment; the same command again, after the answer was lost, tells what became of it.
//
//	UMS_URL=http://127.0.0.1:8480 UMS_TOKEN=… UMS_PROFILE=shop \
//		go run ./take_payment ORDER AMOUNT_IN_FEN PAY_CODE
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"ums.example/client/ums"
)

// keyOf gives the order's key and whether it is new. A shop keeps it in the order's row instead.
func keyOf(order string) (string, bool, error) {
	file, err := os.OpenFile(order+".key", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		key, err := os.ReadFile(order + ".key")
		return string(key), false, err
	}
	if err != nil {
		return "", false, err
	}
	defer file.Close()
	key := ums.NewKey()
	if _, err := file.WriteString(key); err != nil {
		return "", false, err
	}
	return key, true, file.Sync() // before the first submission, as a crash may follow
}

func main() {
	order, payCode := os.Args[1], os.Args[3]
	amount, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	key, isNew, err := keyOf(order)
	if err != nil {
		log.Fatal(err)
	}
	within, err := strconv.Atoi(os.Getenv("UMS_WITHIN"))
	if err != nil {
		within = 60
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(within)*time.Second)
	defer cancel()
	client := &ums.Client{
		URL: os.Getenv("UMS_URL"), Token: os.Getenv("UMS_TOKEN"),
		Profile: os.Getenv("UMS_PROFILE"), Try: 30 * time.Second,
	}
	request := ums.Object{
		"merchantOrderId": order, "transactionAmount": amount, "transactionCurrencyCode": "156",
		"merchantRemark": order, "payMode": "CODE_SCAN", "payCode": payCode,
	}
	answer, err := client.Submit(ctx, "pay", request, key, ums.Submission{First: isNew})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Outcome, answer.Why)
	switch {
	case answer.Outcome == ums.Approved && (answer.Stands == nil || *answer.Stands):
		return // deliver
	case answer.Outcome == ums.Unknown:
		os.Exit(5) // deliver nothing, take nothing else: the same command again
	case answer.Outcome == ums.NotSent:
		os.Exit(4)
	default:
		os.Exit(3)
	}
}
