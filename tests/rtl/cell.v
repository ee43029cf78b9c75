// SPDX-License-Identifier: GPL-3.0-or-later
// A cell: an 8-bit signed weight and a metadata bit in each bank, a load port,
// and a registered product of the weight with the element of the pair that the
// metadata names.  BITS bits of the element come in a clock; `sign` says that
// the top one is its sign.  A cell that is not enabled keeps its product.  With
// INPUT_REGISTERS what was chosen waits a clock in a register for its product.
module cell_of_macro #(
    parameter BITS = 8,
    parameter INPUT_REGISTERS = 0,
    parameter BANKS = 1,
    parameter BANK_BITS = 1
) (
    input                          clock,
    input                          load,
    input      [BANK_BITS-1:0]     load_bank,
    input      [7:0]               load_word,
    input                          load_metadata,
    input      [BANK_BITS-1:0]     bank,
    input                          enable,
    input      [BITS-1:0]          low,
    input      [BITS-1:0]          high,
    input                          sign,
    output reg signed [BITS+8:0]   product
);
    reg signed [7:0] word [0:BANKS-1];
    reg              metadata [0:BANKS-1];

    wire        [BITS-1:0] chosen = metadata[bank] ? high : low;
    wire signed [BITS:0]   value = {sign & chosen[BITS-1], chosen};

    reg  signed [BITS:0]   held;
    reg  [BANK_BITS-1:0]   held_bank;
    reg                    held_enable;
    wire signed [BITS:0]   factor = INPUT_REGISTERS ? held : value;
    wire [BANK_BITS-1:0]   of_bank = INPUT_REGISTERS ? held_bank : bank;
    wire                   multiply = INPUT_REGISTERS ? held_enable : enable;

    initial held_enable = 0;
    always @(posedge clock) begin
        if (load) begin
            word[load_bank] <= load_word;
            metadata[load_bank] <= load_metadata;
        end
        held_enable <= enable;
        if (enable) begin
            held <= value;
            held_bank <= bank;
        end
        if (multiply)
            product <= word[of_bank] * factor;
    end
endmodule
