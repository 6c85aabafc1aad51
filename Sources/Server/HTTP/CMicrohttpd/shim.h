// libmicrohttpd, HTTP/1.1 and TLS. Wrapped by the files of Sources/Server/HTTP that the style test lists.
#include <sys/types.h>
#include <sys/socket.h>
#include <microhttpd.h>

// MHD_get_connection_info and MHD_set_response_options are variadic, which Swift cannot call; these
// ask the three questions and set the one option we need.

// The socket of a connection, or -1.
static inline int daybook_connection_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

// What the connection's start notice stored for it, or NULL.
static inline void *daybook_connection_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : (void *)0;
}

// Bytes of the request's head, or 0.
static inline size_t daybook_request_head_size(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}

// Makes a response of unknown size end with its connection instead of with a last chunk: 0.9.75 sends
// a last chunk even in answer to HEAD, where it would be read as the next answer.
static inline enum MHD_Result daybook_response_ends_connection(struct MHD_Response *response) {
    return MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
}
