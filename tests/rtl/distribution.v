// SPDX-License-Identifier: GPL-3.0-or-later
// Distribution of one row: for each of SELECTS copies of the row lines, a first
// layer of P multiplexers, each picking one of the REACH pairs of its own set,
// and a second layer that brings any of them to any sub-macro.  Combinational.
module distribution #(
    parameter P = 4,
    parameter REACH = 4,
    parameter SELECTS = 1,
    parameter SELECT_BITS = 2,
    parameter ROUTE_BITS = 2
) (
    input  [P*REACH*16-1:0]              pairs,
    input  [SELECTS*P*SELECT_BITS-1:0]   select,
    input  [P*ROUTE_BITS-1:0]            route,
    output [SELECTS*P*16-1:0]            lines
);
    genvar copy, p;
    generate
        for (copy = 0; copy < SELECTS; copy = copy + 1) begin : copies
            wire [P*16-1:0] first;
            for (p = 0; p < P; p = p + 1) begin : layer
                wire [SELECT_BITS-1:0] pair =
                    select[(copy*P+p)*SELECT_BITS +: SELECT_BITS];
                wire [ROUTE_BITS-1:0] from =
                    route[p*ROUTE_BITS +: ROUTE_BITS];
                assign first[p*16 +: 16] = pairs[(p*REACH+pair)*16 +: 16];
                assign lines[(copy*P+p)*16 +: 16] = first[from*16 +: 16];
            end
        end
    endgenerate
endmodule
