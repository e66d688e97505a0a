/* AES-128-GCM and AES-128-CBC with HMAC of other libraries, as rows of the
 * tables that benches/esp.rs prints: OpenSSL's EVP, and with -DIPSEC_MB
 * intel-ipsec-mb's job API. The best of many rounds of 32 packets. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef IPSEC_MB
#include <intel-ipsec-mb.h>
#endif

enum { PACKETS = 32, ROUNDS = 1000, ROOM = 8192 + 64 };

static unsigned char packets[PACKETS][ROOM], tags[PACKETS][32];
static const unsigned char key[16] = {7}, iv[16] = {9}, aad[8] = {1};
static const int sizes[4] = {64, 576, 1420, 8192};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

/* Nanoseconds a packet; `ready` runs before each round, unmeasured. */
static double best(void (*ready)(int), void (*run)(int), int size) {
    double least = 1e18;
    for (int round = 0; round < ROUNDS; round++) {
        if (ready) ready(size);
        double start = now();
        run(size);
        double took = now() - start;
        if (took < least) least = took;
    }
    return least / PACKETS;
}

static EVP_CIPHER_CTX *sealing, *opening;

static void evp_seal(int size) {
    int len;
    for (int i = 0; i < PACKETS; i++) {
        EVP_EncryptInit_ex(sealing, NULL, NULL, NULL, iv);
        EVP_EncryptUpdate(sealing, NULL, &len, aad, sizeof aad);
        EVP_EncryptUpdate(sealing, packets[i], &len, packets[i], size);
        EVP_EncryptFinal_ex(sealing, packets[i] + len, &len);
        EVP_CIPHER_CTX_ctrl(sealing, EVP_CTRL_AEAD_GET_TAG, 16, tags[i]);
    }
}

static void evp_open(int size) {
    int len;
    for (int i = 0; i < PACKETS; i++) {
        EVP_DecryptInit_ex(opening, NULL, NULL, NULL, iv);
        EVP_DecryptUpdate(opening, NULL, &len, aad, sizeof aad);
        EVP_DecryptUpdate(opening, packets[i], &len, packets[i], size);
        EVP_CIPHER_CTX_ctrl(opening, EVP_CTRL_AEAD_SET_TAG, 16, tags[i]);
        if (EVP_DecryptFinal_ex(opening, packets[i] + len, &len) != 1) abort();
    }
}

static void row(const char *name, void (*seal)(int), void (*open)(int)) {
    printf("| %s |", name);
    for (int i = 0; i < 4; i++) printf(" %.0f |", best(NULL, seal, sizes[i]));
    for (int i = 0; i < 4; i++) printf(" %.0f |", best(seal, open, sizes[i]));
    printf("\n");
}

#ifdef IPSEC_MB
static IMB_MGR *mgr;
static struct gcm_key_data gcm;
static uint32_t enc[60] __attribute__((aligned(16))), dec[60] __attribute__((aligned(16)));
static uint8_t ipad[64], opad[64];
static IMB_HASH_ALG hash;

static void mb_seal(int size) {
    struct gcm_context_data context;
    for (int i = 0; i < PACKETS; i++)
        IMB_AES128_GCM_ENC(mgr, &gcm, &context, packets[i], packets[i], size, iv, aad,
                           sizeof aad, tags[i], 16);
}

static void mb_open(int size) {
    struct gcm_context_data context;
    unsigned char tag[16];
    for (int i = 0; i < PACKETS; i++) {
        IMB_AES128_GCM_DEC(mgr, &gcm, &context, packets[i], packets[i], size, iv, aad,
                           sizeof aad, tag, 16);
        if (memcmp(tag, tags[i], 16)) abort();
    }
}

static void mb_jobs(int size) {
    for (int i = 0; i < PACKETS; i++) {
        IMB_JOB *job = IMB_GET_NEXT_JOB(mgr);
        memset(job, 0, sizeof *job);
        job->cipher_mode = IMB_CIPHER_CBC;
        job->cipher_direction = IMB_DIR_ENCRYPT;
        job->chain_order = IMB_ORDER_CIPHER_HASH;
        job->hash_alg = hash;
        job->enc_keys = enc;
        job->dec_keys = dec;
        job->key_len_in_bytes = 16;
        job->iv = iv;
        job->iv_len_in_bytes = 16;
        job->src = job->dst = packets[i];
        job->msg_len_to_cipher_in_bytes = size;
        job->msg_len_to_hash_in_bytes = size;
        job->u.HMAC._hashed_auth_key_xor_ipad = ipad;
        job->u.HMAC._hashed_auth_key_xor_opad = opad;
        job->auth_tag_output = tags[i];
        job->auth_tag_output_len_in_bytes = hash == IMB_AUTH_HMAC_SHA_1 ? 12 : 16;
        IMB_SUBMIT_JOB(mgr);
    }
    while (IMB_FLUSH_JOB(mgr)) {}
}

static void half_key(unsigned char fill, uint8_t *digest) {
    unsigned char block[64];
    memset(block, fill, sizeof block);
    if (hash == IMB_AUTH_HMAC_SHA_1)
        IMB_SHA1_ONE_BLOCK(mgr, block, digest);
    else
        IMB_SHA256_ONE_BLOCK(mgr, block, digest);
}

static void mb_batch(const char *name, IMB_HASH_ALG algorithm) {
    hash = algorithm;
    half_key(0x36, ipad);
    half_key(0x5c, opad);
    printf("| ipsec-mb, %s | | %.0f ns | |\n", name, best(NULL, mb_jobs, 1424));
}
#endif

int main(int count, char **arguments) {
    int batches = count > 1 && !strcmp(arguments[1], "batches");
    sealing = EVP_CIPHER_CTX_new();
    opening = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex(sealing, EVP_aes_128_gcm(), NULL, key, iv);
    EVP_DecryptInit_ex(opening, EVP_aes_128_gcm(), NULL, key, iv);
    if (!batches) row("OpenSSL EVP, alone", evp_seal, evp_open);
#ifdef IPSEC_MB
    mgr = alloc_mb_mgr(0);
    init_mb_mgr_auto(mgr, NULL);
    IMB_AES128_GCM_PRE(mgr, key, &gcm);
    IMB_AES_KEYEXP_128(mgr, key, enc, dec);
    if (batches) {
        mb_batch("HMAC-SHA1", IMB_AUTH_HMAC_SHA_1);
        mb_batch("HMAC-SHA2-256", IMB_AUTH_HMAC_SHA_256);
    } else {
        row("ipsec-mb, alone", mb_seal, mb_open);
    }
#endif
    return 0;
}
