// Naive Bayes classification of one field.
package naiveBayesClassifier


// naiveBayes learns from the rows of `myMeasurement` and `myField` how often each value goes with each `myClass`, and gives the
// probability of every class for every value.
builtin naiveBayes : (<-tables: stream[{C with _time: time, _measurement: E, _field: D}], myClass: string, myField: A, myMeasurement: B) => stream[F] where A: Equatable, B: Equatable, D: Equatable, E: Equatable, F: Record
