// Gives the precompiled header a file that uses it.
