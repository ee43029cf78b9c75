// SPDX-License-Identifier: GPL-3.0-or-later
// One macro: P sub-macros with distribution, trees, (shift accumulators,)
// partial-sum registers and merging.  `valid` is held for the 8 / BITS clocks
// of a pass, and so are the inputs that go with it.  Merge mode: 2^mode
// neighbouring sub-macros are a team, whose sums are added; a team has columns
// of its own, so each sub-macro has its own enables.
module macro #(
    parameter P = 4,
    parameter R = 8,
    parameter C = 8,
    parameter BITS = 8,
    parameter INPUT_REGISTERS = 0,
    parameter REACH = 4,
    parameter SELECTS = 1,
    parameter BANKS = 1,
    parameter SUM = 32,
    parameter SELECT_BITS = (REACH > 1) ? $clog2(REACH) : 1,
    parameter ROUTE_BITS = (P > 1) ? $clog2(P) : 1,
    parameter COPY_BITS = (SELECTS > 1) ? $clog2(SELECTS) : 1,
    parameter BANK_BITS = (BANKS > 1) ? $clog2(BANKS) : 1,
    parameter MODE_BITS = 3
) (
    input                               clock,
    input  [MODE_BITS-1:0]              mode,
    input  [C-1:0]                      load,
    input  [BANK_BITS-1:0]              load_bank,
    input  [P*R*8-1:0]                  load_words,
    input  [P*R-1:0]                    load_metadata,
    input                               valid,
    input  [BANK_BITS-1:0]              bank,
    input  [P*C-1:0]                    enable,
    input  [C*COPY_BITS-1:0]            copy,
    input  [R*P*REACH*16-1:0]           pairs,
    input  [R*SELECTS*P*SELECT_BITS-1:0] select,
    input  [R*P*ROUTE_BITS-1:0]         route,

    output                              tree_valid,
    output [P*C-1:0]                    tree_enable,
    output [P*C*SUM-1:0]                tree_sums,
    output                              pass_valid,
    output [P*C-1:0]                    pass_enable,
    output [P*C*SUM-1:0]                pass_sums,
    output                              buffered_valid,
    output [P*C-1:0]                    buffered_enable,
    output [P*C*SUM-1:0]                buffered_sums,
    output                              merged_valid,
    output reg [P*C-1:0]                merged_enable,
    output [P*C*SUM-1:0]                merged_sums
);
    localparam BEATS = 8 / BITS;
    localparam BEAT_BITS = (BEATS > 1) ? $clog2(BEATS) : 1;
    localparam TREE = INPUT_REGISTERS + 1 + $clog2(R); // product and tree
    localparam PASS = TREE + (BEATS > 1 ? 1 : 0);
    localparam BUFFERED = PASS + 1;
    localparam MERGED = BUFFERED + 2 + $clog2(P);

    // What goes along with the values, stage[i] after i registers.
    reg  [BEAT_BITS-1:0] beat;
    wire [P*C+BEAT_BITS:0] entering = {enable, beat, valid};
    reg  [P*C+BEAT_BITS:0] stage [1:MERGED];

    initial beat = 0;
    always @(posedge clock)
        if (valid)
            beat <= (beat == BEATS - 1) ? 0 : beat + 1;

    integer s;
    initial
        for (s = 1; s <= MERGED; s = s + 1)
            stage[s] = 0;
    always @(posedge clock) begin
        stage[1] <= entering;
        for (s = 2; s <= MERGED; s = s + 1)
            stage[s] <= stage[s-1];
    end

    wire [P*R*SELECTS*BITS-1:0] low, high; // [sub-macro][row][copy]
    wire [P*C*SUM-1:0]          sums;

    genvar r, p, k, c;
    generate
        for (r = 0; r < R; r = r + 1) begin : row
            wire [P*SELECTS*BITS-1:0] row_low, row_high;
            distribution #(.P(P), .REACH(REACH), .SELECTS(SELECTS),
                           .SELECT_BITS(SELECT_BITS), .ROUTE_BITS(ROUTE_BITS),
                           .BITS(BITS), .BEAT_BITS(BEAT_BITS)) hand (
                .pairs(pairs[r*P*REACH*16 +: P*REACH*16]),
                .select(select[r*SELECTS*P*SELECT_BITS +:
                               SELECTS*P*SELECT_BITS]),
                .route(route[r*P*ROUTE_BITS +: P*ROUTE_BITS]), .beat(beat),
                .low(row_low), .high(row_high));
            for (p = 0; p < P; p = p + 1) begin : to
                assign low[(p*R+r)*SELECTS*BITS +: SELECTS*BITS] =
                    row_low[p*SELECTS*BITS +: SELECTS*BITS];
                assign high[(p*R+r)*SELECTS*BITS +: SELECTS*BITS] =
                    row_high[p*SELECTS*BITS +: SELECTS*BITS];
            end
        end
        for (p = 0; p < P; p = p + 1) begin : sub
            wire [R*8-1:0] words;
            wire [R-1:0]   metadata;
            for (r = 0; r < R; r = r + 1) begin : port
                assign words[r*8 +: 8] = load_words[(r*P+p)*8 +: 8];
                assign metadata[r] = load_metadata[r*P+p];
            end
            sub_macro #(.R(R), .C(C), .BITS(BITS),
                        .INPUT_REGISTERS(INPUT_REGISTERS), .SELECTS(SELECTS),
                        .COPY_BITS(COPY_BITS), .BANKS(BANKS),
                        .BANK_BITS(BANK_BITS), .SUM(SUM)) cells (
                .clock(clock), .load(load), .load_bank(load_bank),
                .load_words(words), .load_metadata(metadata), .bank(bank),
                .enable(enable[p*C +: C] & {C{valid}}), .copy(copy),
                .low(low[p*R*SELECTS*BITS +: R*SELECTS*BITS]),
                .high(high[p*R*SELECTS*BITS +: R*SELECTS*BITS]),
                .sign(beat == BEATS - 1),
                .sums(sums[p*C*SUM +: C*SUM]));
        end
    endgenerate

    assign tree_valid = stage[TREE][0];
    assign tree_enable = stage[TREE][P*C+BEAT_BITS -: P*C];
    assign tree_sums = sums;

    // A pass is complete with its last beat.
    wire [BEAT_BITS-1:0] tree_beat = stage[TREE][BEAT_BITS:1];
    wire [BEAT_BITS-1:0] pass_beat = stage[PASS][BEAT_BITS:1];

    generate
        if (BEATS > 1) begin : serial
            for (k = 0; k < P*C; k = k + 1) begin : accumulate
                shift_accumulator #(.BITS(BITS), .BEAT_BITS(BEAT_BITS),
                                    .SUM(SUM)) one (
                    .clock(clock), .valid(tree_valid), .beat(tree_beat),
                    .in(sums[k*SUM +: SUM]), .out(pass_sums[k*SUM +: SUM]));
            end
        end else begin : parallel
            assign pass_sums = sums;
        end
    endgenerate

    assign pass_valid = stage[PASS][0] && pass_beat == BEATS - 1;
    assign pass_enable = stage[PASS][P*C+BEAT_BITS -: P*C];

    reg [P*C*SUM-1:0] buffered;
    always @(posedge clock)
        if (pass_valid)
            buffered <= pass_sums;
    assign buffered_valid =
        stage[BUFFERED][0] && stage[BUFFERED][BEAT_BITS:1] == BEATS - 1;
    assign buffered_enable = stage[BUFFERED][P*C+BEAT_BITS -: P*C];
    assign buffered_sums = buffered;

    generate
        for (c = 0; c < C; c = c + 1) begin : merging
            wire [P*SUM-1:0] in, out;
            for (p = 0; p < P; p = p + 1) begin : lane
                assign in[p*SUM +: SUM] = buffered[(p*C+c)*SUM +: SUM];
                assign merged_sums[(p*C+c)*SUM +: SUM] = out[p*SUM +: SUM];
            end
            merge #(.P(P), .SUM(SUM), .MODE_BITS(MODE_BITS)) one (
                .clock(clock), .mode(mode), .in(in), .out(out));
        end
    endgenerate

    assign merged_valid =
        stage[MERGED][0] && stage[MERGED][BEAT_BITS:1] == BEATS - 1;

    // A team's columns are those of its first sub-macro.
    wire [P*C-1:0] leaving = stage[MERGED][P*C+BEAT_BITS -: P*C];
    integer t;
    always @*
        for (t = 0; t < P; t = t + 1)
            merged_enable[t*C +: C] =
                (t < (P >> mode)) ? leaving[(t << mode)*C +: C] : {C{1'b0}};
endmodule
