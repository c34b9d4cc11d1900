"""When an object is ready, kind by kind, judged by what was fetched of it and around it; no request is made here."""
