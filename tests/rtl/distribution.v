// SPDX-License-Identifier: GPL-3.0-or-later
// Distribution of one row: for each of SELECTS copies of the row lines, a first
// layer of P multiplexers, each picking one of the REACH pairs of its own set,
// and a second layer that brings any of them to any sub-macro.  Combinational.
// A pair is {element 1, element 0}; the elements go out apart, and of each the
// BITS bits of this beat.
module distribution #(
    parameter P = 4,
    parameter REACH = 4,
    parameter SELECTS = 1,
    parameter SELECT_BITS = 2,
    parameter ROUTE_BITS = 2,
    parameter BITS = 8,
    parameter BEAT_BITS = 1
) (
    input      [P*REACH*16-1:0]            pairs,
    input      [SELECTS*P*SELECT_BITS-1:0] select,
    input      [P*ROUTE_BITS-1:0]          route,
    input      [BEAT_BITS-1:0]             beat,
    output reg [P*SELECTS*BITS-1:0]        low,
    output reg [P*SELECTS*BITS-1:0]        high
);
    integer copy, p;
    reg [SELECT_BITS-1:0] pair;
    reg [ROUTE_BITS-1:0]  from;
    reg [P*16-1:0]        first;

    always @* begin
        for (copy = 0; copy < SELECTS; copy = copy + 1) begin
            for (p = 0; p < P; p = p + 1) begin
                pair = select[(copy*P+p)*SELECT_BITS +: SELECT_BITS];
                first[p*16 +: 16] = pairs[(p*REACH+pair)*16 +: 16];
            end
            for (p = 0; p < P; p = p + 1) begin
                from = route[p*ROUTE_BITS +: ROUTE_BITS];
                low[(p*SELECTS+copy)*BITS +: BITS] =
                    first[from*16 + beat*BITS +: BITS];
                high[(p*SELECTS+copy)*BITS +: BITS] =
                    first[from*16 + 8 + beat*BITS +: BITS];
            end
        end
    end
endmodule
