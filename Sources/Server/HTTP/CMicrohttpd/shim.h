// libmicrohttpd, HTTP/1.1 and TLS. Wrapped by the files of Sources/Server/HTTP that the style test lists.
#include <sys/types.h>
#include <sys/socket.h>
#include <microhttpd.h>
