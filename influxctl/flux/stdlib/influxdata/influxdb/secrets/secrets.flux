// Secrets of the organization.
package secrets


// get gives the secret stored under a key; it is an error if there is none.
builtin get : (key: string) => string
