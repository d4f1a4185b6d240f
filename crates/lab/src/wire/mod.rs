//! AWS's protocols: from HTTP requests to the world's calls and back. No simulation here, no sockets either.
