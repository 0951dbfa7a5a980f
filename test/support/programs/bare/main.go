// Program bare is the least that an admission webhook in Go can be: it decodes each review into Kubernetes' own structs, by
// encoding/json, and answers with the patch that it was given. No decision, no log, no metric.
//
//	bare --listen 127.0.0.1:8443 --cert FILE --key FILE --patch FILE
package main

import (
	"crypto/tls"
	"encoding/json"
	"flag"
	"log"
	"net/http"
	"os"

	admission "k8s.io/api/admission/v1"
	core "k8s.io/api/core/v1"
)

func main() {
	listen := flag.String("listen", "", "host and port")
	cert := flag.String("cert", "", "the certificate, PEM")
	key := flag.String("key", "", "its key, PEM")
	patchFile := flag.String("patch", "", "the file with the JSON patch")
	flag.Parse()
	patch, err := os.ReadFile(*patchFile)
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Addr:    *listen,
		Handler: answerWith(patch),
		// The API server speaks HTTP/1.1 with webhooks that offer nothing else, as ours.
		TLSConfig: &tls.Config{NextProtos: []string{"http/1.1"}},
	}
	log.Fatal(server.ListenAndServeTLS(*cert, *key))
}

func answerWith(patch []byte) http.HandlerFunc {
	patchType := admission.PatchTypeJSONPatch
	return func(writer http.ResponseWriter, request *http.Request) {
		var review admission.AdmissionReview
		var pod core.Pod
		err := json.NewDecoder(request.Body).Decode(&review)
		if err == nil && review.Request != nil {
			err = json.Unmarshal(review.Request.Object.Raw, &pod)
		}
		if err != nil || review.Request == nil {
			http.Error(writer, "this is no review of a pod", http.StatusBadRequest)
			return
		}
		response := &admission.AdmissionResponse{UID: review.Request.UID, Allowed: true, PatchType: &patchType, Patch: patch}
		answer, err := json.Marshal(admission.AdmissionReview{TypeMeta: review.TypeMeta, Response: response})
		if err != nil {
			http.Error(writer, err.Error(), http.StatusInternalServerError)
			return
		}
		writer.Header().Set("Content-Type", "application/json")
		if _, err := writer.Write(answer); err != nil {
			log.Print(err)
		}
	}
}
