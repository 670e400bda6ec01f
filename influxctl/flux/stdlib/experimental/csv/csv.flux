// CSV over HTTP.
package csv


import c "csv"
import "experimental/http"

// from gets annotated CSV from a URL.
from = (url) => c.from(csv: string(v: http.get(url: url).body))
