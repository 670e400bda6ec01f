// Functions over dictionaries. A dictionary never changes: `insert` and `remove` give new ones.
package dict


// fromList makes a dictionary from records with the labels key and value; a later pair wins.
builtin fromList : (pairs: [{value: B, key: A}]) => [A:B] where A: Comparable

// get gives the value under a key, or the default.
builtin get : (default: A, dict: [B:A], key: B) => A where B: Comparable

// insert gives the dictionary with one more entry, in the place of one with the same key.
builtin insert : (dict: [A:B], key: A, value: B) => [A:B] where A: Comparable

// remove gives the dictionary without this key.
builtin remove : (dict: [A:B], key: A) => [A:B] where A: Comparable
