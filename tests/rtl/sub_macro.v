// SPDX-License-Identifier: GPL-3.0-or-later
// R rows and C columns of cells and an adder tree for each column.  Each column
// obeys one of SELECTS copies of the row lines, named by `copy`, and is gated
// unless enabled.  One column is loaded in a clock.
module sub_macro #(
    parameter R = 8,
    parameter C = 8,
    parameter BITS = 8,
    parameter INPUT_REGISTERS = 0,
    parameter SELECTS = 1,
    parameter COPY_BITS = 1,
    parameter BANKS = 1,
    parameter BANK_BITS = 1,
    parameter SUM = 32
) (
    input                          clock,
    input  [C-1:0]                 load,
    input  [BANK_BITS-1:0]         load_bank,
    input  [R*8-1:0]               load_words,
    input  [R-1:0]                 load_metadata,
    input  [BANK_BITS-1:0]         bank,
    input  [C-1:0]                 enable,
    input  [C*COPY_BITS-1:0]       copy,
    input  [R*SELECTS*BITS-1:0]    low,
    input  [R*SELECTS*BITS-1:0]    high,
    input                          sign,
    output [C*SUM-1:0]             sums
);
    localparam WIDTH = BITS + 9;

    genvar r, c;
    generate
        for (c = 0; c < C; c = c + 1) begin : column
            wire [COPY_BITS-1:0] obeys = copy[c*COPY_BITS +: COPY_BITS];
            wire [R*WIDTH-1:0]   products;
            reg  [R*BITS-1:0]    own_low, own_high;
            integer              line;

            always @*
                for (line = 0; line < R; line = line + 1) begin
                    own_low[line*BITS +: BITS] =
                        low[(line*SELECTS+obeys)*BITS +: BITS];
                    own_high[line*BITS +: BITS] =
                        high[(line*SELECTS+obeys)*BITS +: BITS];
                end
            for (r = 0; r < R; r = r + 1) begin : row
                cell_of_macro #(.BITS(BITS),
                                .INPUT_REGISTERS(INPUT_REGISTERS),
                                .BANKS(BANKS), .BANK_BITS(BANK_BITS)) one (
                    .clock(clock), .load(load[c]), .load_bank(load_bank),
                    .load_word(load_words[r*8 +: 8]),
                    .load_metadata(load_metadata[r]), .bank(bank),
                    .enable(enable[c]), .low(own_low[r*BITS +: BITS]),
                    .high(own_high[r*BITS +: BITS]), .sign(sign),
                    .product(products[r*WIDTH +: WIDTH]));
            end
            adder_tree #(.INPUTS(R), .WIDTH(WIDTH), .SUM(SUM)) tree (
                .clock(clock), .in(products), .out(sums[c*SUM +: SUM]));
        end
    endgenerate
endmodule
