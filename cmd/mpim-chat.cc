// mpim-chat: the chat client.
#include "client-cli/chat.h"

int main(int argc, char** argv) { return mpim::chat::run_chat(argc, argv); }
